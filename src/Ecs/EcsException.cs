namespace GameServer.Ecs;

/// <summary>ECS did not answer, or not as it should; the message says what, for the one who set up the task.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="inner">What was thrown below.</param>
public sealed class EcsException(string message, Exception? inner = null) : Exception(message, inner);
