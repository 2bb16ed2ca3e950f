"""The census of networks: what can be cut and verified, in processes of their own."""
