// The ports of members are given in one place, whoever starts them.
global using Ports = FailureHistory.Members.Ports;
