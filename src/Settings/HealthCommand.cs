using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GameServer.Settings;

/// <summary>
/// The command <c>--health</c>: asks the program that runs beside it, set the same way, whether it lives. An image without a shell has
/// nothing else to ask with.
/// </summary>
public static class HealthCommand
{
    private const string Argument = "--health";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Carries it out, if it was given: <c>/health/live</c> of the first address that the program listens on.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="url">Where the program listens if nothing is set.</param>
    /// <returns>The exit code, 0: it lives, 1: it does not; null: the command was not given.</returns>
    /// <exception cref="FormatException">The address cannot be understood.</exception>
    public static async Task<int?> RunAsync(string[] arguments, string url)
    {
        if (!arguments.Contains(Argument))
            return null;
        var configuration = WebApplication.CreateBuilder([.. arguments.Where(argument => argument != Argument)]).Configuration;
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
