using FailureHistory.Core.Time;

namespace FailureHistory.Messages;

/// <summary>How much a read must have seen (R6.5).</summary>
public enum Consistency
{
    /// <summary>The first complete replica that answers; may lag acknowledged reports by the exchange interval.</summary>
    One = 0,

    /// <summary>Merged from a majority of the replica set: sees every report acknowledged before it was asked.</summary>
    Majority = 1,
}

/// <summary>A node as answers name it.</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="Name">The name it was reported under, or null.</param>
/// <param name="Hardware">The address of the machine that holds the id, or null.</param>
public sealed record NodeRef(string Id, string? Name, string? Hardware);

/// <summary>The node is unknown to a majority of its replicas (R6.6): nobody ever reported on it.</summary>
public sealed record NodeNotFound(string Node, string AnsweredBy);

/// <summary>It can't be told now (R6.6, R9.9): too few replicas answered, or the member is busy. Ask again.</summary>
/// <param name="Reason">What is missing, in words for an operator.</param>
/// <param name="RetryAfter">When to ask again, or null.</param>
public sealed record TryAgain(string Reason, TimeSpan? RetryAfter = null);

/// <summary>The request can't be answered as it is (R2.8).</summary>
/// <param name="Field">The field at fault.</param>
/// <param name="Detail">What was expected and what came.</param>
public sealed record InvalidRequest(string Field, string Detail);

/// <summary>One detector that suspects a node in a period (R4.4).</summary>
/// <param name="Detector">Its id.</param>
/// <param name="Accuracy">Its accuracy when it said so, 0 to 100.</param>
/// <param name="Since">Since when it suspects.</param>
/// <param name="Observation">The id of the observation behind it.</param>
/// <param name="Reason">Its reason, or null.</param>
public sealed record SuspectInfo(string Detector, double Accuracy, Stamp Since, string Observation, string? Reason);
