using GameServer.Cluster.Tests.Processes;

// A cluster of processes needs the machine for itself.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: ClusterNeeds]
