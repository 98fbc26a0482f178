using StepDpo.Contracts.Models;
using StepDpo.Engine.Checkpoints.Safetensors;
using TorchSharp;

namespace StepDpo.Engine.Checkpoints.Folders;

/// <summary>The weights of a model folder: <c>model.safetensors</c>, or the shards that <c>model.safetensors.index.json</c> names.</summary>
internal sealed class WeightFiles : IDisposable
{
    private const int MostShards = 1000;

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _homes = new(StringComparer.Ordinal);
    private readonly string _folder;

    private WeightFiles(string folder) => _folder = folder;

    /// <summary>Opens and checks all files of a folder; no tensor is read yet.</summary>
    /// <exception cref="InvalidDataException">A file is missing or wrong.</exception>
    public static WeightFiles Open(string folder)
    {
        var files = new WeightFiles(folder);
        try
        {
            if (File.Exists(Path.Combine(folder, ModelFolder.WeightsName))) files.Add(ModelFolder.WeightsName);
            else files.AddShards();
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _homes.Keys;

    /// <summary>A tensor's entry; null where there is no such tensor.</summary>
    public TensorEntry? Find(string name) => _homes.TryGetValue(name, out var file) ? file.Tensors[name] : null;

    /// <summary>The file that holds a tensor; for one that is missing, the folder.</summary>
    public string Home(string name) => _homes.TryGetValue(name, out var file) ? file.Path : _folder;

    /// <summary>Reads a tensor into another of the same shape.</summary>
    public void ReadInto(string name, torch.Tensor target) => _homes[name].ReadInto(name, target);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    private void Add(string name)
    {
        var file = SafetensorsFile.Open(Path.Combine(_folder, name));
        _files.Add(file);
        foreach (var tensor in file.Tensors.Keys)
        {
            if (!_homes.TryAdd(tensor, file)) throw new InvalidDataException($"{file.Path}: {tensor}: found in {_homes[tensor].Path} as well, wanted once");
        }
    }

    private void AddShards()
    {
        var index = Path.Combine(_folder, ModelFolder.IndexName);
        var map = ModelFolder.WeightMap(_folder);
        var shards = ModelFolder.Shards(_folder);
        if (shards.Count > MostShards) throw new InvalidDataException($"{index}: found {shards.Count} shards, wanted at most {MostShards}");
        foreach (var shard in shards) Add(shard);
        foreach (var (tensor, shard) in map)
        {
            if (!_homes.TryGetValue(tensor, out var home)) throw new InvalidDataException($"{index}: {tensor}: found nothing in {shard}, wanted this tensor");
            if (Path.GetFileName(home.Path) != shard) throw new InvalidDataException($"{index}: {tensor}: found in {home.Path}, wanted it in {shard}");
        }

        if (_homes.Keys.FirstOrDefault(tensor => !map.ContainsKey(tensor)) is { } extra)
            throw new InvalidDataException($"{_homes[extra].Path}: {extra}: found a tensor that {ModelFolder.IndexName} does not name");
    }
}
