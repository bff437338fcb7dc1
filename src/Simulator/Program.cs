return FailureHistory.Simulator.SimulatorApp.Run(args);
