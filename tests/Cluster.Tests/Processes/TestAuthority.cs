using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>A certificate authority of its own for one test, and the files it hands out.</summary>
internal sealed class TestAuthority : IDisposable
{
    /// <summary>The password of all its files.</summary>
    public const string Password = "of no value outside";

    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow.AddHours(-1);

    private readonly X509Certificate2 root;

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        root = request.CreateSelfSigned(Start, Start.AddDays(2));
    }

    /// <summary>Its own certificate.</summary>
    public string Pem => root.ExportCertificatePem();

    /// <summary>Issues a certificate for both ends of a connection, as a PKCS#12 file that takes the place of what was there.</summary>
    public string Issue(string file, string name, TimeSpan? lifetime = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        using var signed = request.Create(root, Start, Start + (lifetime ?? TimeSpan.FromDays(1)), RandomNumberGenerator.GetBytes(8));
        using var whole = signed.CopyWithPrivateKey(key);
        File.WriteAllBytes($"{file}.new", whole.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, Password));
        File.Move($"{file}.new", file, overwrite: true); // Never half a file, as whoever replaces one should do it.
        return file;
    }

    public void Dispose() => root.Dispose();
}
