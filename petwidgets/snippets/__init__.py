"""Code shown in the page's code folds: fastai code, ready to run."""
