using System.Net;
using System.Net.Http.Headers;

namespace GameServer.Edge.Tests;

public sealed class PageTests
{
    [Fact]
    public async Task The_game_is_at_the_root_and_its_files_beside_it()
    {
        await using var edge = await EdgeServer.StartAsync();

        using var page = await edge.Http.GetAsync("/?user_id=alice");
        using var script = await edge.Http.GetAsync("/game.js");
        using var font = await edge.Http.GetAsync("/fonts/fredoka.woff2");
        using var head = await edge.Http.SendAsync(new(HttpMethod.Head, "/"));

        Assert.Equal("text/html; charset=utf-8", page.Content.Headers.ContentType?.ToString());
        Assert.Contains("<canvas", await page.Content.ReadAsStringAsync());
        Assert.Equal("text/javascript; charset=utf-8", script.Content.Headers.ContentType?.ToString());
        Assert.Equal("font/woff2", font.Content.Headers.ContentType?.ToString());
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(page.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Equal(HttpStatusCode.NotFound, (await edge.Http.GetAsync("/nosuch.js")).StatusCode);
    }

    [Fact]
    public async Task The_page_runs_nothing_but_its_own_files_and_cannot_be_framed()
    {
        await using var edge = await EdgeServer.StartAsync();
        foreach (var path in new[] { "/", "/stats.html", "/game.js" })
        {
            using var answer = await edge.Http.GetAsync(path);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            foreach (var rule in new[] { "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'" })
                Assert.Contains(rule, policy.Split("; "));
            Assert.DoesNotContain("unsafe", policy);
            foreach (var (name, value) in new[]
            {
                ("X-Frame-Options", "DENY"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
            })
                Assert.Equal(value, Assert.Single(answer.Headers.GetValues(name)));
            var content = await answer.Content.ReadAsStringAsync();
            if (path != "/game.js")
                Assert.DoesNotMatch("(?i)<script(?![^>]*src=)|<style|\\sstyle=|\\son[a-z]+=|javascript:", content);
        }
    }

    [Fact]
    public async Task A_browser_that_has_a_file_is_told_so()
    {
        await using var edge = await EdgeServer.StartAsync();
        using var first = await edge.Http.GetAsync("/game.js");
        Assert.Equal("no-cache", first.Headers.CacheControl?.ToString());

        using HttpRequestMessage again = new(HttpMethod.Get, "/game.js") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var second = await edge.Http.SendAsync(again);
        using HttpRequestMessage other = new(HttpMethod.Get, "/game.js") { Headers = { IfNoneMatch = { new EntityTagHeaderValue("\"old\"") } } };
        using var third = await edge.Http.SendAsync(other);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }
}
