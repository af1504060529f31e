"""The servers that benchmarks.mcp compares, and the account that all of them serve."""
