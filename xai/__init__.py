"""Why did the classifier say that? Explanations over any callable from images to logits."""
