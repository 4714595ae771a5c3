"""Show fastai's input pipeline: presizing, a batch, the DataBlock summary."""
