"""The code that the folds of a page show: fastai's own, ready to run."""
