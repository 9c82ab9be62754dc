"""What a run was made of: source, code, environment, fingerprint, seals; how two runs differ."""
