"""Several servers, workers and databases on this machine as their own processes, killed in turn under load."""
