"""What goes with a fine-tuned model when it leaves: a model card and where it comes from."""
