using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace GameServer.LocalAccelerator;

/// <summary>
/// The control API on the wire: JSON 1.1, every operation a POST to <c>/</c> that <c>X-Amz-Target</c> names. A signature has to be there,
/// for us-west-2 as the service demands; it is not checked further, because there is no secret here.
/// </summary>
internal static class ControlApi
{
    private const string TargetPrefix = "GlobalAccelerator_V20180706.";

    // The largest call allowed, 20 endpoints or 100 addresses and ports, is far smaller.
    private const int MaxBodyBytes = 256 * 1024;

    public static async Task AnswerAsync(HttpContext context, ControlPlane plane, Func<string, LocalAcceleratorException?> fault)
    {
        context.Response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString();
        context.Response.ContentType = "application/x-amz-json-1.1";
        byte[] body;
        try
        {
            var operation = OperationOf(context.Request);
            if (fault(operation) is { } failure)
                throw failure;
            body = Run(plane, operation, await BodyAsync(context));
        }
        catch (LocalAcceleratorException error)
        {
            context.Response.StatusCode = error.Status;
            body = JsonSerializer.SerializeToUtf8Bytes(new Failure(error.Type, error.Message), WireJson.Default.Failure);
        }
        catch (BadHttpRequestException broken)
        {
            context.Response.StatusCode = broken.StatusCode;
            body = JsonSerializer.SerializeToUtf8Bytes(new Failure("SerializationException", broken.Message), WireJson.Default.Failure);
        }
        catch (JsonException problem)
        {
            context.Response.StatusCode = 400;
            body = JsonSerializer.SerializeToUtf8Bytes(new Failure("SerializationException", problem.Message), WireJson.Default.Failure);
        }
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static string OperationOf(HttpRequest request)
    {
        var target = request.Headers["X-Amz-Target"].ToString();
        if (request.Method != "POST" || request.Path != "/" || !target.StartsWith(TargetPrefix, StringComparison.Ordinal))
            throw new LocalAcceleratorException(
                "UnknownOperationException", $"POST / with an X-Amz-Target of {TargetPrefix}… is all there is.");
        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
            throw new LocalAcceleratorException("MissingAuthenticationTokenException", "The request is not signed (AWS4-HMAC-SHA256).");
        if (!authorization.Contains("/us-west-2/globalaccelerator/aws4_request", StringComparison.Ordinal))
            throw new LocalAcceleratorException(
                "InvalidSignatureException",
                "Credential should be scoped to a valid region: us-west-2, and the service globalaccelerator.");
        return target[TargetPrefix.Length..];
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int count;
        while ((count = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
        {
            if (buffer.Length + count > MaxBodyBytes)
                throw LocalAcceleratorException.Argument($"The request is longer than {MaxBodyBytes} bytes.");
            buffer.Write(chunk, 0, count);
        }
        return buffer.ToArray();
    }

    private static byte[] Run(ControlPlane plane, string operation, byte[] body)
    {
        var json = WireJson.Default;
        return operation switch
        {
            "CreateCustomRoutingAccelerator" => Call(json.CreateAcceleratorRequest, plane.CreateAccelerator, json.AcceleratorResponse),
            "UpdateCustomRoutingAccelerator" => Call(json.UpdateAcceleratorRequest, plane.UpdateAccelerator, json.AcceleratorResponse),
            "DescribeCustomRoutingAccelerator" => Call(json.AcceleratorRequest, plane.DescribeAccelerator, json.AcceleratorResponse),
            "DeleteCustomRoutingAccelerator" => Call(json.AcceleratorRequest, plane.DeleteAccelerator, json.Empty),
            "ListCustomRoutingAccelerators" => Call(json.ListRequest, plane.ListAccelerators, json.ListAcceleratorsResponse),
            "CreateCustomRoutingListener" => Call(json.CreateListenerRequest, plane.CreateListener, json.ListenerResponse),
            "UpdateCustomRoutingListener" => Call(json.UpdateListenerRequest, plane.UpdateListener, json.ListenerResponse),
            "DescribeCustomRoutingListener" => Call(json.ListenerRequest, plane.DescribeListener, json.ListenerResponse),
            "DeleteCustomRoutingListener" => Call(json.ListenerRequest, plane.DeleteListener, json.Empty),
            "ListCustomRoutingListeners" => Call(json.ListListenersRequest, plane.ListListeners, json.ListListenersResponse),
            "CreateCustomRoutingEndpointGroup" =>
                Call(json.CreateEndpointGroupRequest, plane.CreateEndpointGroup, json.EndpointGroupResponse),
            "DescribeCustomRoutingEndpointGroup" =>
                Call(json.EndpointGroupRequest, plane.DescribeEndpointGroup, json.EndpointGroupResponse),
            "DeleteCustomRoutingEndpointGroup" => Call(json.EndpointGroupRequest, plane.DeleteEndpointGroup, json.Empty),
            "ListCustomRoutingEndpointGroups" =>
                Call(json.ListEndpointGroupsRequest, plane.ListEndpointGroups, json.ListEndpointGroupsResponse),
            "AddCustomRoutingEndpoints" => Call(json.AddEndpointsRequest, plane.AddEndpoints, json.AddEndpointsResponse),
            "RemoveCustomRoutingEndpoints" => Call(json.RemoveEndpointsRequest, plane.RemoveEndpoints, json.Empty),
            "AllowCustomRoutingTraffic" => Call(json.TrafficRequest, r => plane.SetTraffic(r, allow: true), json.Empty),
            "DenyCustomRoutingTraffic" => Call(json.TrafficRequest, r => plane.SetTraffic(r, allow: false), json.Empty),
            "ListCustomRoutingPortMappings" => Call(json.ListPortMappingsRequest, plane.ListPortMappings, json.ListPortMappingsResponse),
            "ListCustomRoutingPortMappingsByDestination" =>
                Call(json.ListByDestinationRequest, plane.ListByDestination, json.ListByDestinationResponse),
            _ => throw new LocalAcceleratorException("UnknownOperationException", $"There is no operation {operation} here."),
        };

        byte[] Call<TRequest, TResponse>(
            JsonTypeInfo<TRequest> request, Func<TRequest, TResponse> carryOut, JsonTypeInfo<TResponse> response) =>
            JsonSerializer.SerializeToUtf8Bytes(
                carryOut(JsonSerializer.Deserialize(body, request) ?? throw new JsonException("The request must be an object.")), response);
    }
}
