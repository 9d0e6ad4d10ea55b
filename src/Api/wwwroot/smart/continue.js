// Sends the sign-in form at once; the button is for browsers that run no script.
document.getElementById('continue').submit();
