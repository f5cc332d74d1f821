"""The one list of names whose values are credentials."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.exchange.redaction.credential_names import find_name_words, is_credential_list, is_credential_name

CREDENTIALS = """
    Authorization Proxy-Authorization X-Authorization authorization aUtHoRiZaTiOn X-Authentication auth X-Auth X-AuthToken
    AUTH-TOKEN authToken auth_token oauth_token oauthToken OAuth2Token bearer bearerToken X-Bearer
    password Password PASSWORD newPassword new_password old-password passwordConfirmation passwordconfirm password2
    user[password] user[password][] user.password user:password user/password users[0].password user%5Bpassword%5D
    user_password dbPassword DB_PASSWORD pass-word PassWord passwd Passwd passwort pass userPass user_pass wp_pass userpass
    pwd pw userPwd mysql_pwd dbpwd PWD passphrase passPhrase pass_phrase passcode
    secret clientSecret client_secret ClientSecret X-Client-Secret clientsecret secretKey secret_key secrets api_secret
    token Token accessToken access_token accesstoken X-Access-Token refreshToken refresh_token idToken id_token csrfToken
    csrfmiddlewaretoken authenticity_token __RequestVerificationToken XSRF-TOKEN X-CSRF-Token _csrf csrf PRIVATE-TOKEN
    X-Vault-Token token_value tokenId access_tokens refreshTokens __token
    apikey apiKey APIKey APIKEY api_key api-key api.key X-Api-Key X-API-KEY xapikey x_api_key api_keys apikeys
    Ocp-Apim-Subscription-Key subscription-key subscriptionkey DD-APPLICATION-KEY X-RapidAPI-Key x-rapidapi-key x-functions-key AccountKey
    privateKey private_key PrivateKey privatekey ssh_private_key X-Access-Key accessKey SharedAccessKey encryption_key
    signing_key signingKey masterKey consumer_key license_key X-Lab-Key x-acme-key X-Clinic-Team-Key
    session Session sessionid session_id sessionId SESSIONID JSESSIONID PHPSESSID ASPSESSIONIDABCDEF X-Session-Token
    Cookie cookie Set-Cookie set_cookie sessionCookie cookies X-Cookie
    jwt JWT jwtToken X-Jwt-Assertion userJwt jwt_token
    otp otpCode otp_code totp pin PIN userPin card_pin pin_code pinCode verification_code mfaCode backup_codes device_code
    client_assertion clientAssertion assertion code_verifier codeVerifier oauth_verifier SAMLResponse
    sig X-Amz-Signature X-Goog-Signature Signature signature X-Hub-Signature-256 X-Amz-Security-Token X-Amz-Credential
    credential credentials userCredentials client_credentials creds
    expires_token password[name] password_hash \u017fecret
    authcode auth_code otpcode totpcode accesscode access_code smscode sms_code logincode login_code reset_code resetCode
    2fa_code 2faCode one_time_code oneTimeCode onetimecode signin_code
    dbpass smtppass newpass oldpass storepass keypass mysqlpass pswd psw dbpswd user_psw
    ssh_key sshkey sshKey aes_key rsa_key RSA_KEY pgp_key gpg_key vault_key privkey priv_key privKey host_key passkey
    passKey recovery_key wallet_key
    connection_string connectionString ConnectionStrings connStr mnemonic seed_phrase seedPhrase recovery_phrase
    pat PAT github_pat githubPat user[pat]
    cvc CVC cvv CVV2 cvv2 card_cvc cardCvv card[cvc] card_number cardNumber card-number CardNo card_num creditCardNumber
    card[number] debit_card_number cardnumber pan PAN card[pan] tokens[] tokens[0] user[tokens][] tokens.0 pins[1][a]
""".split()

HEADERS_OF_APIS = """
    X-Honeycomb-Team Fastly-Key X-Insert-Key X-Query-Key X-JFrog-Art-Api Jenkins-Crumb X-WP-Nonce X-Key X-User-Key X-Access
""".split()
"""Headers of known APIs without a word of a credential. A search of text does not find them."""

OTHERS = """
    Author author authors Authored authority :authority authorized X-Authored-By authenticated WWW-Authenticate
    keyboard keyword keywords key Key keys monkey turkey hotkey primary_key primaryKey foreign_key public_key publicKey
    sort_key partition_key cache_key Idempotency-Key routing_key object_key issue_key translationKey Sec-WebSocket-Key key_id
    X-Idempotency-Key x-cache-key X-Sort-Key X-Amz-Meta-Partition-Key X-Public-Key X-Routing-Key lab_key labKey Lab-Key
    tokenizer tokenize tokenized tokens tokens_used max_tokens maxTokens promptTokens total_tokens X-Tokens token_type tokenType
    token_endpoint token_expires_in tokenExpiresAt token_count token_url user[token_type]
    expires_in expires password_length passwordPolicy password_expires_at session_timeout sessionTimeout cookie_path cookieConsent
    passed passing passenger passport bypass compass pass_rate passRate password_reset_url
    pinned pins pinterest pinch shipping spin opinion topping
    secretary secretion secret_name secretName sessions Sessions obsession possess_id process_id processId
    Access-Control-Allow-Credentials Authentication-Info Signature-Input accredited credit incredible
    assertions assertionCount code status_code countryCode country_code postal_code decode encoder barcode
    sign sigma design signal insignificant signed_headers optional laptop adoption
    Accept Content-Type X-Test user username email id state nonce code_challenge bear forbearers
    token_endpoint_auth_methods_supported id_token_signing_alg_values_supported client_assertion_type
    path pattern patch spat pathname patient_id compasspoint surpass trespass newpassenger
    hmac X-Hmac-Algorithm sid timecode time_code zipcode zip_code error_code errorCode qrcode surface_codec smscodec
    phrase search_phrase phrases connection Connection connections conn connection_id connectedStrings string reconnect
    hostkeyboard ssh_public_key sshPublicKey hosts pass_key_count psware keycode keyCode keypassage
    card card_id cardType card_brand card_last4 discard cardinal_no wildcard cvcheck cvc_check span expand company pan_x japan
    number numbers phone_number account_name card_note cardnote iban
    \u00fcber \u540d\u524d keys[] sort_keys[0] tokens.used sessions.max
""".split()


@check_rows("name", [*CREDENTIALS, *HEADERS_OF_APIS])
def test_name_is_a_credentials(name: str) -> None:
    assert is_credential_name(name)


@check_rows("name", [*OTHERS, "", " ", "[]", "%", "%5B%5D", "_-_"])
def test_name_is_no_credentials(name: str) -> None:
    assert not is_credential_name(name)


@check_rows("name", CREDENTIALS)
def test_each_name_is_found_in_a_text_of_any_format(name: str) -> None:
    if "%" in name:
        return  # see `naming.find_candidates`
    for text in (
        '{"%s": "x"}',
        "a=1&%s=x",
        "%s: x",
        "%s : x",
        "%s  =  'x'",
        r"{\"%s\":\"x\"}",
        "<%s>x</",
        '<%s type="b">x</',
    ):
        assert list(find_name_words(text % name)), text % name


@check_rows("name", [name for name in CREDENTIALS if name[-1] not in "]s*" and "%" not in name])
def test_plural_of_a_name_is_that_of_a_list_and_found_in_a_text(name: str) -> None:
    plural = f"{name}s"

    assert is_credential_list(plural)
    assert list(find_name_words(f'{{"{plural}": ["x"]}}'))


@check_rows("name", "keys monkeys authors codes status address news class s -s".split())
def test_other_plural_is_none(name: str) -> None:
    assert not is_credential_list(name)


STYLES = (
    lambda words: "".join(words),
    lambda words: "_".join(words),
    lambda words: "-".join(word.title() for word in words),
    lambda words: words[0] + "".join(word.title() for word in words[1:]),
    lambda words: "".join(word.title() for word in words),
    lambda words: "_".join(words).upper(),
    lambda words: "".join(words).upper(),
    lambda words: words[0] + "".join(f"[{word}]" for word in words[1:]),
    lambda words: ".".join(words),
)
WORDS = (
    "my user new x 2 api access private client auth pass word token key id session secret jwt otp pin code verifier sig "
    "cookie cred author keys tokens type hash k w c fa one time code pat path psw conn string seed phrase mnemonic priv card number cvc pan"
).split()


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), st.sampled_from(STYLES))
def test_whatever_is_a_credentials_name_is_found_in_a_text(words, style) -> None:
    name = style(words)

    assert not is_credential_name(name) or list(find_name_words(f'{{"{name}": 1}}'))


@given(st.text())
def test_any_text_may_be_a_name(text: str) -> None:
    assert is_credential_name(text) in (True, False)
    assert all(0 <= start < end <= len(text) for start, end in find_name_words(text))


@pytest.mark.parametrize(
    "unit", ["pass", "Key", "aB", "pinSig", "token_type", "[token", "access key ", "sessA", "%41", "A"]
)
def test_time_grows_with_the_length_of_a_hostile_name(unit: str) -> None:
    def look(size: int) -> None:
        text = unit * (size // len(unit)) + str(random.random())
        is_credential_name(text)
        list(find_name_words(text + ": 1"))

    assert_linear(look, 10_000, 80_000, most=30)
