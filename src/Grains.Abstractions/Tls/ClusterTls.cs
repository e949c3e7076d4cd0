using Orleans.Connections.Security;

namespace GameServer.Grains.Abstractions;

/// <summary>
/// Mutual TLS between silos, and between gateways and silos: every process shows a certificate, and each takes only those of the cluster's own
/// authority.
/// </summary>
public sealed record ClusterTls
{
    /// <summary>The section's name.</summary>
    public const string Section = "Cluster:Tls";

    /// <summary>This process's certificate and key as PKCS#12, for TLS servers and clients. Not set: connections are not protected.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The password of that file.</summary>
    public string? CertificatePassword { get; init; }

    /// <summary>
    /// The authority's certificates as PEM, more than one while it is replaced; needed with a certificate. Whatever they have signed is part of the
    /// cluster, so they must sign nothing else.
    /// </summary>
    public string? AuthorityFile { get; init; }

    /// <summary>Whether connections are to be protected.</summary>
    public bool On => CertificateFile is { Length: > 0 };

    /// <summary>What is wrong with these settings and what is allowed; null if nothing is. The files are not looked at.</summary>
    public string? Problem() => this switch
    {
        { On: false, AuthorityFile.Length: > 0 } or { On: false, CertificatePassword.Length: > 0 } =>
            $"{Section} is set without {Section}:CertificateFile, so nothing would be protected; set it, or leave out all of them.",
        { On: true, AuthorityFile: null or "" } =>
            $"{Section}:AuthorityFile is not set; it is the file with the certificates of the authority that all silos and gateways have theirs from.",
        _ => null,
    };

    /// <summary>What the framework is told, for either end of a connection.</summary>
    public static void Apply(TlsOptions options, ClusterCertificates certificates)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(certificates);
        // Asked for at each handshake, so a certificate that was replaced is shown from the next connection on.
        options.LocalServerCertificateSelector = (_, _) => certificates.Own;
        options.LocalClientCertificateSelector = (_, _, _, _, _) => certificates.Own;
        options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.RemoteCertificateValidation = (certificate, chain, _) => certificates.Accepts(certificate, chain);
        // Members of the cluster come and go with their addresses. Who they are is said by the authority alone, and no name is compared.
        options.OnAuthenticateAsClient = (_, client) => client.TargetHost = "gameserver-cluster";
    }
}
