// Passkeys: a button says what it does (log in, prove that it is you, or add one); allauth's script does the talking.

const forms = window.allauth.webauthn.forms;
const acts = { login: forms.loginForm, signup: forms.signupForm, authenticate: forms.authenticateForm, add: forms.addForm };

for (const button of document.querySelectorAll("[data-passkey]")) {
  const { passkey, credential, passwordless } = button.dataset;
  if (window.PublicKeyCredential) {
    acts[passkey]({ ids: { [passkey]: button.id, credential, passwordless, data: "passkey_data" } });
  } else {
    button.hidden = true; // this browser knows no passkeys
  }
}

// What went wrong is said in words; nearly always somebody closed the browser's own question.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelector("[data-passkey-failed]").hidden = false;
});
