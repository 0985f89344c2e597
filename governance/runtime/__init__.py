"""Policies enforced: conditions as functions, incremental monitors, the governor, its ledger."""
