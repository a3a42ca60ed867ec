"""Cases on the screens: pinning from every page, and one case in detail."""
