using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GameServer.Grains.Abstractions;

/// <summary>
/// The certificate that this process shows to the rest of the cluster, and the authority by which it knows the others. Both are read again when
/// their files change (<see cref="Renew"/>), without a restart. Safe from any thread.
/// </summary>
public sealed class ClusterCertificates
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly ClusterTls settings;
    private volatile Files files;

    private ClusterCertificates(ClusterTls settings, Files files) => (this.settings, this.files) = (settings, files);

    /// <summary>This process's own, with its key.</summary>
    public X509Certificate2 Own => files.Own;

    /// <summary>Reads the files.</summary>
    /// <param name="settings">Where they are.</param>
    /// <param name="problems">Where to note what is wrong with the settings or the files.</param>
    /// <returns>Null if there is to be no TLS, or something is wrong.</returns>
    public static ClusterCertificates? Read(ClusterTls settings, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(problems);
        var problem = settings.Problem();
        var files = problem is null && settings.On ? Files.Load(settings, out problem) : null;
        if (problem is not null)
            problems.Add(problem);
        return files is null ? null : new(settings, files);
    }

    /// <summary>Reads the files again. If something is wrong with them, what was read before stays in use.</summary>
    /// <param name="problem">What is wrong; null if nothing is.</param>
    /// <returns>Whether there was anything new, and it is in use now.</returns>
    public bool Renew(out string? problem)
    {
        if (Files.Load(settings, out problem) is not { } now || now.SameAs(files))
            return false;
        files = now;
        return true;
    }

    /// <summary>Whether a certificate is one of the cluster's.</summary>
    /// <param name="certificate">What the other end showed.</param>
    /// <param name="shown">The chain it showed it with; null: none.</param>
    public bool Accepts(X509Certificate2 certificate, X509Chain? shown)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return files.Refusal(certificate, shown?.ChainElements.Select(element => element.Certificate) ?? []) is null;
    }

    /// <summary>What was read at one time, and belongs together.</summary>
    private sealed class Files(X509Certificate2 own, X509Certificate2Collection chain, X509Certificate2Collection authority)
    {
        public X509Certificate2 Own => own;

        public static Files? Load(ClusterTls settings, out string? problem)
        {
            var setting = "CertificateFile";
            try
            {
                var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(settings.CertificateFile!, settings.CertificatePassword);
                setting = "AuthorityFile";
                X509Certificate2Collection authority = [];
                authority.ImportFromPemFile(settings.AuthorityFile!);
                if (all.FirstOrDefault(certificate => certificate.HasPrivateKey) is not { } own)
                    problem = $"{ClusterTls.Section}:CertificateFile has no certificate with a private key.";
                else if (authority.Count == 0)
                    problem = $"{ClusterTls.Section}:AuthorityFile has no certificate; allowed are certificates as PEM.";
                else
                {
                    Files files = new(own, all, authority);
                    if (files.Refusal(own, all) is not { } refusal)
                    {
                        problem = null;
                        return files;
                    }

                    problem = $"The certificate in {ClusterTls.Section}:CertificateFile ({own.Subject}) would be refused by all others: {refusal} "
                        + "Needed is one of the authority in AuthorityFile that is valid now, for TLS servers and clients.";
                }
            }
            catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
            {
                problem = $"{ClusterTls.Section}:{setting} cannot be read: {exception.Message}";
            }

            return null;
        }

        public bool SameAs(Files other) => own.Equals(other.Own) && Same(authority, other.Authority) && Same(chain, other.Chain);

        /// <summary>Why a certificate is not one of the cluster's; null: it is.</summary>
        public string? Refusal(X509Certificate2 certificate, IEnumerable<X509Certificate2> between)
        {
            using X509Chain path = new();
            path.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            path.ChainPolicy.CustomTrustStore.AddRange(authority);
            path.ChainPolicy.ExtraStore.AddRange(between.ToArray());
            path.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
            path.ChainPolicy.ApplicationPolicy.Add(ClientAuthentication);
            // Nothing that a stranger's certificate names is fetched, lists of revoked ones included: who does not belong any more gets no
            // new certificate, and to be rid of the old one before its end the authority is replaced.
            path.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            path.ChainPolicy.DisableCertificateDownloads = true;
            return path.Build(certificate) ? null : string.Join(' ', path.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct());
        }

        private X509Certificate2Collection Chain => chain;

        private X509Certificate2Collection Authority => authority;

        private static bool Same(X509Certificate2Collection one, X509Certificate2Collection other) =>
            one.Select(certificate => certificate.Thumbprint).SequenceEqual(other.Select(certificate => certificate.Thumbprint));
    }
}
