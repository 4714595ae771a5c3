"""What panels show of fastai's pipeline: presizing, a batch, the DataBlock summary."""
