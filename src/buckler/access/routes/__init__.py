"""Every door of an app: found, judged, guarded, served and written down."""
