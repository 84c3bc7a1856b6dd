// A gate that asks the terminal agent over HTTP. .NET 8 or later, no package.
//
//     ecard-terminal serve --state DIR --port 7410
//     dotnet run -- 7410 < scanner
//
// 每读一行问一次；放行才开闸；闸门没有打开就告诉终端服务。One question for each line; what did not open is told.

using System;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;

public static class Gate
{
    private static readonly HttpClient Client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };

    public static async Task Main(string[] arguments)
    {
        Console.InputEncoding = Console.OutputEncoding = new UTF8Encoding(false);
        Client.BaseAddress = new Uri("http://127.0.0.1:" + (arguments.Length > 0 ? int.Parse(arguments[0]) : 7410));
        string text;
        while ((text = Console.ReadLine()) != null)
        {
            using (JsonDocument answer = await Ask("/v1/verify", JsonSerializer.Serialize(new { text })))
            {
                JsonElement page = answer.RootElement;
                bool opens = page.TryGetProperty("verdict", out JsonElement verdict) && verdict.GetString() == "accepted";
                Console.WriteLine((opens ? "OPEN " : "STAY ") + page.GetRawText());
                if (opens && !Open() && page.GetProperty("seq").ValueKind == JsonValueKind.Number)
                {
                    long seq = page.GetProperty("seq").GetInt64();
                    (await Ask("/v1/passage", JsonSerializer.Serialize(new { seq, opened = false }))).Dispose();
                }
            }
        }
    }

    /// <summary>Here the motor turns; true when the gate has opened.</summary>
    private static bool Open()
    {
        return true;
    }

    private static async Task<JsonDocument> Ask(string path, string body)
    {
        using (StringContent content = new StringContent(body, Encoding.UTF8, "application/json"))
        using (HttpResponseMessage response = await Client.PostAsync(path, content))
        {
            return JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        }
    }
}
