using GameServer.Cluster.Tests.Processes;

// Most of what these tests do is wait for processes, so two classes share the machine. What keeps it busy is in the AloneCollection.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
[assembly: ClusterNeeds]
