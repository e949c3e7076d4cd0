using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace GameServer.Hosting;

/// <summary>
/// The command <c>--health</c>: asks the program that runs beside it, set the same way, whether it lives. An image without a shell has
/// nothing else to ask with.
/// </summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Asks <c>/health/live</c> of the first address that the program listens on.</summary>
    /// <returns>The exit code, 0: it lives, 1: it does not.</returns>
    /// <exception cref="FormatException">The address cannot be understood.</exception>
    public static async Task<int> RunAsync(IConfiguration configuration, string url)
    {
        var address = BindingAddress.Parse(Exposure.Addresses(configuration).FirstOrDefault(url));
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        var asked = $"{address.Scheme}://{host}:{address.Port}/health/live";
        try
        {
            // The certificate is for the name that others know; this is the same machine.
            using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
            using var http = new HttpClient(handler) { Timeout = Timeout };
            using var answer = await http.GetAsync(new Uri(asked));
            Console.WriteLine($"{asked} answers {(int)answer.StatusCode}.");
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception problem) when (problem is HttpRequestException or TaskCanceledException)
        {
            Console.WriteLine($"{asked} does not answer: {problem.Message}");
            return 1;
        }
    }
}
