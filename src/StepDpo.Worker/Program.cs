using StepDpo.Worker;

return await WorkerCommand.InvokeAsync(args, Console.Out, Console.Error);
