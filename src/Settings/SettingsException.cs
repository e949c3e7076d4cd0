namespace GameServer.Settings;

/// <summary>A setting is wrong; the message says which, and what is allowed, one line each.</summary>
public sealed class SettingsException(string message) : Exception(message);
