"""The evidence: proof graphs, the certificate, the checker, the exporters."""
