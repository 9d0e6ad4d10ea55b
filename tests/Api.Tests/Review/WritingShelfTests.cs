using BiopsyFhir.Api.Review;
using Microsoft.Extensions.Logging.Abstractions;

namespace BiopsyFhir.Api.Tests.Review;

public class WritingShelfTests
{
    /// <summary>Its page then waits for the write to be carried on, instead of showing a defect again and again.</summary>
    [Fact]
    public async Task A_write_that_failed_here_is_none_and_another_may_begin()
    {
        var shelf = new WritingShelf(NullLogger<WritingShelf>.Instance);
        shelf.Begin("s", () => throw new InvalidOperationException("the database is locked"));
        for (var i = 0; i < 500 && shelf.Of("s") is not null; i++) await Task.Delay(20);
        Assert.Null(shelf.Of("s"));
        var written = new Written(null, new([], []), null, null);
        shelf.Begin("s", () => Task.FromResult(written));
        Assert.Same(written, await shelf.Of("s")!);
    }
}
