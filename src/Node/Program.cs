using FailureHistory.Node;

return await MemberProgram.Run(args, isSeed: false).ConfigureAwait(false);
