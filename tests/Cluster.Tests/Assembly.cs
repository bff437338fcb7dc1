// Every test here runs several members; two clusters at a time on few cores would only measure each other.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
