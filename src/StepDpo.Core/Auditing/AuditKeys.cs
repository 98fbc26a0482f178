using System.Security.Cryptography;

namespace StepDpo.Core.Auditing;

/// <summary>A key that signs, with its name.</summary>
internal sealed record SigningKey(string Id, ECDsa Key) : IDisposable
{
    public void Dispose() => Key.Dispose();
}

/// <summary>
/// The keys that sign digests (ECDSA P-256), as files outside the database: <c>ID.key.pem</c> for its owner alone (mode 600),
/// <c>ID.pub.pem</c> for everybody who wants to verify, <c>current</c> with the ID that signs. An ID is the first 16 hex digits of
/// the public key's SHA-256.
/// </summary>
public sealed class AuditKeys(AuditOptions options)
{
    private string CurrentFile => Path.Combine(options.Folder, "current");

    /// <summary>The key that signs now; made at the first call. The caller holds the lock of signing.</summary>
    internal SigningKey Current()
    {
        if (!File.Exists(CurrentFile)) Use(Make());
        var id = File.ReadAllText(CurrentFile).Trim();
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(PrivateFile(id)));
        return new(id, key);
    }

    /// <summary>Makes a key that does not sign yet.</summary>
    internal string Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var id = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16];
        Write(PrivateFile(id), key.ExportPkcs8PrivateKeyPem());
        Write(PublicFile(id), key.ExportSubjectPublicKeyInfoPem());
        return id;
    }

    /// <summary>From now on this key signs; the private part of the one before is deleted.</summary>
    internal void Use(string id)
    {
        var before = File.Exists(CurrentFile) ? File.ReadAllText(CurrentFile).Trim() : null;
        Write(CurrentFile, id);
        if (before is not null && before != id) File.Delete(PrivateFile(before));
    }

    /// <summary>The public key with this ID, or null where it is not here (any more).</summary>
    internal ECDsa? Public(string id)
    {
        if (id.Length != 16 || !id.All(char.IsAsciiHexDigitLower) || !File.Exists(PublicFile(id))) return null;
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(PublicFile(id)));
        // A file that was exchanged has another hash.
        if (Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16] == id) return key;
        key.Dispose();
        return null;
    }

    private string PrivateFile(string id) => Path.Combine(options.Folder, $"{id}.key.pem");

    private string PublicFile(string id) => Path.Combine(options.Folder, $"{id}.pub.pem");

    // Under another name first: a half-written key must not be found.
    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = path + ".new";
        var open = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) open.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(draft, open))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(text + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }
}
