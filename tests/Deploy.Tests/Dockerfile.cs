namespace GameServer.Deploy.Tests;

/// <summary><c>deploy/Dockerfile</c>, stage by stage.</summary>
internal static class Dockerfile
{
    /// <summary>The stages, by their names.</summary>
    public static IReadOnlyDictionary<string, Stage> Stages { get; } = Read();

    /// <summary>A stage with all that it stands on.</summary>
    public static Stage Target(string name)
    {
        var stage = Stages[name];
        return Stages.TryGetValue(stage.From, out _) ? new(Target(stage.From).From, [.. Target(stage.From).Lines, .. stage.Lines]) : stage;
    }

    private static Dictionary<string, Stage> Read()
    {
        var stages = new Dictionary<string, Stage>();
        Stage? current = null;
        var lines = Repository.Read("deploy/Dockerfile").Split('\n').Select(line => line.Trim());
        foreach (var line in lines.Where(line => line.Length > 0 && line[0] != '#'))
        {
            var (instruction, rest) = (line.Split(' ')[0], line[line.IndexOf(' ', StringComparison.Ordinal)..].Trim());
            if (instruction == "FROM")
                stages.Add(rest.Split(' ')[2], current = new(rest.Split(' ')[0], []));
            else
                current!.Lines.Add((instruction, rest));
        }

        return stages;
    }

    /// <summary>A stage: what it stands on, and its instructions.</summary>
    internal sealed record Stage(string From, List<(string Instruction, string Text)> Lines)
    {
        /// <summary>What follows each instruction of a name.</summary>
        public IEnumerable<string> Of(string instruction) => Lines.Where(line => line.Instruction == instruction).Select(line => line.Text);

        /// <summary>The variables it sets.</summary>
        public Dictionary<string, string> Environment => Of("ENV").SelectMany(rest => rest.Split(' ')).Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
    }
}
