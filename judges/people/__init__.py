"""What people say: labels, agreement with a judge, certificates, drift, and maps to the human scale."""
