"""Code that the page's folds show: fastai code, ready to run."""
