using FailureHistory.Node;

return await MemberProgram.Run(args, isSeed: true).ConfigureAwait(false);
