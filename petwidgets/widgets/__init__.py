"""The widgets that panels share; each anywidget is a .py with a .js and a .css of the same name."""
