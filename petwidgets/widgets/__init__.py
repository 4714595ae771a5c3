"""The widgets that panels share; each anywidget has a .js and a .css of its name in `js/src`."""
