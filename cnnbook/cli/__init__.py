"""The command line's parts. Each command imports PyTorch and the data only when it runs."""
