return await FailureHistory.Fhs.FhsApp.RunAsync(args, Console.Out, Console.Error);
