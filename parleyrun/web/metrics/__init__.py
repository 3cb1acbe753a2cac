"""What a monitor asks the web server for."""
