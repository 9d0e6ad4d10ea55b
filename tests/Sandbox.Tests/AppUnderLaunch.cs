using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Sandbox.Tests;

/// <summary>Plays the app in a SMART launch: what it sends, and what came back.</summary>
internal sealed class AppUnderLaunch(DemoEhr ehr)
{
    public const string Verifier = "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG";
    public static readonly string Challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    public string Redirect => $"{ehr.Root}/callback";

    /// <summary>Presses the EHR's launch button and returns the opaque launch.</summary>
    public async Task<string> PressLaunchAsync(string patient)
    {
        using var answer = await ehr.Http.PostAsync($"{ehr.Root}/sandbox/launch", Form(("patient", patient)));
        Assert.Equal(303, (int)answer.StatusCode);
        var location = answer.Headers.Location!;
        Assert.Equal($"{ehr.Root}/launch", location.GetLeftPart(UriPartial.Path));
        var query = QueryHelpers.ParseQuery(location.Query);
        Assert.Equal(ehr.Fhir, query["iss"]);
        return query["launch"].ToString();
    }

    public Dictionary<string, string> Request(string? launch, string scope = "launch openid fhirUser offline_access patient/*.rs patient/CarePlan.c") => new()
    {
        ["response_type"] = "code",
        ["client_id"] = "biopsyfhir-sandbox",
        ["redirect_uri"] = Redirect,
        ["scope"] = scope,
        ["state"] = "state-1",
        ["aud"] = ehr.Fhir,
        ["code_challenge"] = Challenge,
        ["code_challenge_method"] = "S256",
        ["nonce"] = "nonce-1",
        [launch is null ? "_" : "launch"] = launch ?? "",
    };

    public async Task<(int Status, Dictionary<string, string> Back, string Page)> AuthorizeAsync(Dictionary<string, string> request, bool post = false)
    {
        using var answer = post
            ? await ehr.Http.PostAsync($"{ehr.Auth}/authorize", new FormUrlEncodedContent(request))
            : await ehr.Http.GetAsync(QueryHelpers.AddQueryString($"{ehr.Auth}/authorize", request!));
        var back = answer.Headers.Location is { } location ? QueryHelpers.ParseQuery(location.Query).ToDictionary(p => p.Key, p => p.Value.ToString()) : [];
        return ((int)answer.StatusCode, back, await answer.Content.ReadAsStringAsync());
    }

    public async Task<string> CodeAsync(string patient, string? scope = null)
    {
        var launch = await PressLaunchAsync(patient);
        var (status, back, _) = await AuthorizeAsync(scope is null ? Request(launch) : Request(launch, scope));
        Assert.Equal(303, status);
        Assert.Equal("state-1", back["state"]);
        return back["code"];
    }

    public Task<(int Status, JsonElement Json)> RedeemAsync(string code, params (string, string)[] changed)
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = Redirect,
            ["code_verifier"] = Verifier,
            ["client_id"] = "biopsyfhir-sandbox",
        };
        foreach (var (name, value) in changed) form[name] = value;
        return TokenAsync([.. form.Select(f => (f.Key, f.Value))]);
    }

    public Task<(int Status, JsonElement Json)> RefreshAsync(string token, params (string, string)[] more) =>
        TokenAsync([("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "biopsyfhir-sandbox"), .. more]);

    public Task<(int Status, JsonElement Json)> TokenAsync(params (string, string)[] form) => PostAsync("token", form);

    public async Task<(int Status, JsonElement Json)> PostAsync(string endpoint, params (string, string)[] form)
    {
        using var answer = await ehr.Http.PostAsync($"{ehr.Auth}/{endpoint}", Form(form));
        if (endpoint == "token") Assert.True(answer.Headers.CacheControl!.NoStore);
        return ((int)answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }

    public static FormUrlEncodedContent Form(params (string Name, string Value)[] form) => new(form.Select(f => KeyValuePair.Create(f.Name, f.Value)));
}
