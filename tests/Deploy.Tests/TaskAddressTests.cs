using System.Net;
using System.Net.Sockets;
using System.Text;
using GameServer.Ecs;

namespace GameServer.Deploy.Tests;

/// <summary>A task's own address, from what ECS answers.</summary>
public sealed class TaskAddressTests
{
    [Fact]
    public async Task A_task_with_an_interface_of_its_own_has_that_ones_address()
    {
        var answer = """
            {"DockerId":"1","Networks":[{"NetworkMode":"bridge","IPv4Addresses":["172.17.0.2"]},{"NetworkMode":"awsvpc","IPv4Addresses":["10.20.10.7"]}]}
            """;
        Assert.Equal(IPAddress.Parse("10.20.10.7"), await AskAsync(answer));
    }

    [Theory]
    [InlineData("""{"Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["127.0.0.1"]}]}""", "nobody else can reach that")]
    [InlineData("""{"Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["169.254.172.2"]}]}""", "nobody else can reach that")]
    [InlineData("""{"Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["0.0.0.0"]}]}""", "nobody else can reach that")]
    [InlineData("""{"Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["fd00::2"]}]}""", "nobody else can reach that")]
    [InlineData("""{"Networks":[{"NetworkMode":"bridge","IPv4Addresses":["172.17.0.2"]}]}""", "not awsvpc")]
    [InlineData("""{"Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":[]}]}""", "could not be read")]
    [InlineData("""{"Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":[null]}]}""", "could not be read")]
    [InlineData("""{"Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["here"]}]}""", "could not be read")]
    [InlineData("""{"Networks":[{"NetworkMode":"awsvpc"}]}""", "could not be read")]
    [InlineData("""{"Networks":null}""", "could not be read")]
    [InlineData("""{}""", "could not be read")]
    [InlineData("""nothing""", "could not be read")]
    [InlineData("", "could not be read")]
    public async Task An_answer_without_an_address_that_others_can_reach_is_refused_with_what_is_wrong(string answer, string problem) =>
        Assert.Contains(problem, (await Assert.ThrowsAsync<EcsException>(() => AskAsync(answer))).Message);

    [Fact]
    public async Task A_place_where_nobody_answers_is_refused() =>
        Assert.Contains("could not be read", (await Assert.ThrowsAsync<EcsException>(() => TaskAddress.AskAsync("http://127.0.0.1:1/"))).Message);

    [Fact]
    public async Task What_is_no_address_of_metadata_is_refused() =>
        Assert.Contains("could not be read", (await Assert.ThrowsAsync<EcsException>(() => TaskAddress.AskAsync("here"))).Message);

    private static async Task<IPAddress> AskAsync(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync();
        try
        {
            return await TaskAddress.AskAsync($"http://{listener.LocalEndpoint}/v4/1");
        }
        finally
        {
            await answering;
        }

        async Task AnswerAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().ReadAtLeastAsync(new byte[4096], 4);
            await client.GetStream().WriteAsync(
                Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {answer.Length}\r\nConnection: close\r\n\r\n{answer}"));
        }
    }
}
