"""A stand-in of Twilio SendGrid: mail send, e-mail activity, and the signed event webhook."""
