using System.Reflection;
using FailureHistory.Core.Time;
using FailureHistory.Messages;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace FailureHistory.Node.Tests.Wire;

/// <summary>
/// Makes a message of any type of the register with every field filled, or some left out, from a seed and by reflection: a field that is
/// added to a message is in the tests from then on. Its random numbers are its own (SplitMix64), because golden bytes rest on them.
/// </summary>
internal sealed class MessageFiller(ulong seed, bool everything)
{
    private static readonly NullabilityInfoContext Nullability = new();
    private static readonly string[] Texts = ["node-1", "α β", "日本", "rack07-node123.example.org", "🜂", "x"];

    private ulong state = seed;

    /// <summary>A message of a type of the register.</summary>
    public object Make(Type type) =>
        typeof(IMessage).IsAssignableFrom(type) ? Proto(Descriptor(type)) : Record(type);

    private static MessageDescriptor Descriptor(Type type) =>
        (MessageDescriptor)type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    private ulong Next()
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private int Below(int bound) => (int)(Next() % (ulong)bound);

    private bool Absent() => !everything && Below(3) == 0;

    private int Count() => everything ? 2 : Below(4);

    private string Text() => !everything && Below(6) == 0 ? string.Empty : Texts[Below(Texts.Length)] + Below(1000);

    private double Number() => everything
        ? Below(1000) / 8.0
        : Below(8) switch { 0 => double.NaN, 1 => -0.0, 2 => double.PositiveInfinity, 3 => 0.0, _ => BitConverter.UInt64BitsToDouble(Next()) };

    private long Ticks() => everything ? Below(int.MaxValue) : (long)Next();

    private object Record(Type type)
    {
        var constructor = type.GetConstructors().MaxBy(c => c.GetParameters().Length)!;
        var record = constructor.Invoke([.. constructor.GetParameters().Select(p => Value(p.ParameterType, IsNullable(p)))]);
        if (constructor.GetParameters().Length == 0)
        {
            foreach (var property in type.GetProperties().Where(p => p.CanWrite && p.Name != nameof(ReportedObservation.Fault)))
            {
                property.SetValue(record, Value(property.PropertyType, IsNullable(property)));
            }
        }

        return record;
    }

    // The context caches without a lock of its own, and properties are checked on several threads.
    private static bool IsNullable(ParameterInfo parameter)
    {
        lock (Nullability)
        {
            return Nullability.Create(parameter).WriteState == NullabilityState.Nullable;
        }
    }

    private static bool IsNullable(PropertyInfo property)
    {
        lock (Nullability)
        {
            return Nullability.Create(property).WriteState == NullabilityState.Nullable;
        }
    }

    private object? Value(Type type, bool nullable)
    {
        if (nullable && Absent())
        {
            return null;
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            _ when type == typeof(string) => Text(),
            _ when type == typeof(bool) => everything || Below(2) == 0,
            _ when type == typeof(int) => (int)Ticks(),
            _ when type == typeof(long) => Ticks(),
            _ when type == typeof(double) => Number(),
            _ when type == typeof(Stamp) => new Stamp(Ticks()),
            _ when type == typeof(TimeSpan) => new TimeSpan(Ticks()),
            _ when type == typeof(KeyValuePair<string, string>) => KeyValuePair.Create(Text(), Text()),
            _ when type == typeof(IReadOnlyDictionary<string, string>) => Dictionary(),
            { IsEnum: true } => Enum.GetValues(type).GetValue(Below(Enum.GetValues(type).Length)),
            { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) => List(type.GetGenericArguments()[0]),
            _ when type.Assembly == typeof(NodeRef).Assembly => Record(type),
            _ => throw new NotSupportedException($"the filler has no values for {type}; teach it"),
        };
    }

    private Dictionary<string, string> Dictionary()
    {
        var labels = new Dictionary<string, string>();
        for (var i = Count(); i > 0; i--)
        {
            labels[Text()] = Text();
        }

        return labels;
    }

    private Array List(Type item)
    {
        var list = Array.CreateInstance(item, Count());
        for (var i = 0; i < list.Length; i++)
        {
            list.SetValue(Value(item, nullable: false), i);
        }

        return list;
    }

    private IMessage Proto(MessageDescriptor descriptor)
    {
        var message = descriptor.Parser.ParseFrom(ByteString.Empty);
        foreach (var field in descriptor.Fields.InDeclarationOrder())
        {
            if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                for (var i = Count(); i > 0; i--)
                {
                    list.Add(ProtoValue(field));
                }
            }
            else if (!Absent())
            {
                field.Accessor.SetValue(message, ProtoValue(field));
            }
        }

        return message;
    }

    private object ProtoValue(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => Text(),
        FieldType.Bytes => ByteString.CopyFrom([.. BitConverter.GetBytes(Next()), .. BitConverter.GetBytes(Next())]),
        FieldType.Bool => everything || Below(2) == 0,
        FieldType.Double => Number(),
        FieldType.Int32 => (int)Ticks(),
        FieldType.UInt32 => (uint)Ticks(),
        FieldType.Int64 or FieldType.SInt64 => Ticks(),
        FieldType.Fixed64 => Next(),
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, field.EnumType.Values[Below(field.EnumType.Values.Count)].Number),
        FieldType.Message => Proto(field.MessageType),
        _ => throw new NotSupportedException($"the filler has no values for {field.FieldType}; teach it"),
    };
}
