"""For whoever runs the service: logs, figures, limits, and a doctor."""
