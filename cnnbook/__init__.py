"""cnnbook: the companion library of a book on convolutional neural networks."""
